/** The part of WebAssembly's JavaScript interface that the kernel's host uses; TypeScript has it only in its DOM library. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB; the buffer of before is detached. */
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  type Exports = Readonly<Record<string, ((...numbers: number[]) => unknown) | Memory>>;
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>);
    readonly exports: Exports;
  }
}
