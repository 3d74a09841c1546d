export interface TarFile {
  readonly path: string;
  readonly content: string;
}

const BLOCK = 512;

/**
 * A tar archive (POSIX.1-1988 ustar) of regular files, all owned by root and dated 1970, so that the same files give the same bytes on every
 * machine.
 */
export function tar(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(({ path, content }) => {
    const bytes = Buffer.from(content);
    return [header(path, bytes.length), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  block.write(path, 0, 100, "utf8");
  block.write(octal(0o644, 7), 100, "latin1"); // mode
  block.write(octal(0, 7), 108, "latin1"); // owner
  block.write(octal(0, 7), 116, "latin1"); // group
  block.write(octal(size, 11), 124, "latin1");
  block.write(octal(0, 11), 136, "latin1"); // time
  block.write("        ", 148, "latin1"); // the checksum counts its own field as spaces
  block.write("0", 156, "latin1"); // regular file
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\u0000 `, 148, "latin1");
  return block;
}
