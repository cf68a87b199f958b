/** The functions of the C library that the package compiled (speexdsp, speex_resampler.h), as far as we call them. */
declare module '@echogarden/speex-resampler-wasm/simd' {
  export type SpeexResampler = {
    readonly HEAP16: Int16Array;
    readonly HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _speex_resampler_init(
      channels: number,
      fromRate: number,
      toRate: number,
      quality: number,
      errorPointer: number,
    ): number;
    _speex_resampler_process_int(
      state: number,
      channel: number,
      input: number,
      inputLengthPointer: number,
      output: number,
      outputLengthPointer: number,
    ): number;
    _speex_resampler_get_output_latency(state: number): number;
    _speex_resampler_destroy(state: number): void;
  };
  // oxlint-disable-next-line import/no-default-export -- as the package has it
  export default function load(): Promise<SpeexResampler>;
}
