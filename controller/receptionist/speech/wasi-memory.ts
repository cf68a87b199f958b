/**
 * The thirteen WASI (preview 1) calls that flite makes, answered from memory: arguments in, standard output and one
 * written file out. No disk, no environment, nothing else of the host. Knows nothing of speech.
 */

const success = 0;
const badDescriptor = 8;
const notFound = 44;

/** The descriptor of the only folder; the file in it gets the next one. */
const folderFd = 3;
const fileFd = 4;

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** A file that grows as it is written. */
class GrowingFile {
  bytes = new Uint8Array(1 << 16);
  length = 0;
  position = 0;
  write(chunk: Uint8Array): void {
    const end = this.position + chunk.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.position);
    this.position = end;
    this.length = Math.max(this.length, end);
  }
  content(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

export type ProgramResult = { exitCode: number; stdout: string; file: Uint8Array };

/** Runs a WASI command once. Whatever path below `/w` it opens is `file` of the result. */
export const runCommand = async (
  module: WebAssembly.Module,
  args: readonly string[],
): Promise<ProgramResult> => {
  const encoded = args.map((arg) => new TextEncoder().encode(`${arg}\0`));
  const folderName = new TextEncoder().encode('/w');
  const stdout = new GrowingFile();
  const file = new GrowingFile();
  let memory: WebAssembly.Memory | undefined;
  const bytes = (): Uint8Array => new Uint8Array(memory?.buffer ?? new ArrayBuffer(0));
  const view = (): DataView => new DataView(memory?.buffer ?? new ArrayBuffer(0));
  const target = (fd: number): GrowingFile | undefined =>
    fd === fileFd ? file : fd <= 2 ? stdout : undefined;

  const imports = {
    args_sizes_get: (countAt: number, sizeAt: number) => {
      view().setUint32(countAt, encoded.length, true);
      view().setUint32(
        sizeAt,
        encoded.reduce((sum, arg) => sum + arg.length, 0),
        true,
      );
      return success;
    },
    args_get: (pointersAt: number, textAt: number) => {
      let at = textAt;
      for (const [index, arg] of encoded.entries()) {
        view().setUint32(pointersAt + 4 * index, at, true);
        bytes().set(arg, at);
        at += arg.length;
      }
      return success;
    },
    clock_time_get: (_clock: number, _precision: bigint, timeAt: number) => {
      view().setBigUint64(timeAt, BigInt(Date.now()) * 1_000_000n, true);
      return success;
    },
    fd_close: () => success,
    fd_fdstat_get: (fd: number, statAt: number) => {
      bytes().fill(0, statAt, statAt + 24);
      // filetype: 2 character device, 3 directory, 4 regular file; all rights
      view().setUint8(statAt, fd === folderFd ? 3 : fd === fileFd ? 4 : 2);
      view().setBigUint64(statAt + 8, 0xffff_ffffn, true);
      view().setBigUint64(statAt + 16, 0xffff_ffffn, true);
      return fd <= fileFd ? success : badDescriptor;
    },
    fd_fdstat_set_flags: () => success,
    fd_prestat_get: (fd: number, statAt: number) => {
      if (fd !== folderFd) return badDescriptor;
      view().setUint32(statAt, 0, true);
      view().setUint32(statAt + 4, folderName.length, true);
      return success;
    },
    fd_prestat_dir_name: (_fd: number, textAt: number) => {
      bytes().set(folderName, textAt);
      return success;
    },
    fd_read: (_fd: number, _vectors: number, _count: number, readAt: number) => {
      view().setUint32(readAt, 0, true);
      return success;
    },
    fd_seek: (fd: number, offset: bigint, whence: number, positionAt: number) => {
      if (fd !== fileFd) return badDescriptor;
      const origin = whence === 0 ? 0 : whence === 1 ? file.position : file.length;
      file.position = Math.max(0, origin + Number(offset));
      view().setBigUint64(positionAt, BigInt(file.position), true);
      return success;
    },
    fd_write: (fd: number, vectors: number, count: number, writtenAt: number) => {
      const to = target(fd);
      if (to === undefined) return badDescriptor;
      let written = 0;
      for (let index = 0; index < count; index += 1) {
        const from = view().getUint32(vectors + 8 * index, true);
        const length = view().getUint32(vectors + 8 * index + 4, true);
        to.write(bytes().slice(from, from + length));
        written += length;
      }
      view().setUint32(writtenAt, written, true);
      return success;
    },
    path_open: (
      _fd: number,
      _lookup: number,
      _path: number,
      _pathLength: number,
      openFlags: number,
      _rights: bigint,
      _inherited: bigint,
      _flags: number,
      fdAt: number,
    ) => {
      // without O_CREAT it wants to read a file, and there are none
      if ((openFlags & 1) === 0) return notFound;
      view().setUint32(fdAt, fileFd, true);
      return success;
    },
    proc_exit: (code: number) => {
      throw new Exit(code);
    },
  };
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports });
  const { memory: exported, _start: start } = instance.exports;
  if (!(exported instanceof WebAssembly.Memory) || typeof start !== 'function')
    throw new Error('the module is no WASI command');
  memory = exported;
  let exitCode = 0;
  try {
    start();
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown;
    exitCode = thrown.code;
  }
  return { exitCode, stdout: new TextDecoder().decode(stdout.content()), file: file.content().slice() };
};
