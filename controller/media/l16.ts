/** L16 bytes as samples and back, without a copy where the memory allows it. Knows no rate. */

/** A view of the bytes; a copy only when they begin at an odd address. A trailing half sample is left out. */
export const samplesOf = (bytes: Uint8Array): Int16Array =>
  bytes.byteOffset % 2 === 0
    ? new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
    : // not `bytes.slice()`: that of a Buffer is a view of the same memory
      new Int16Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 1);

/** A view of the samples. */
export const bytesOf = (samples: Int16Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
