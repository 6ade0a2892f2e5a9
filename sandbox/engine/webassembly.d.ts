/** The part of the WebAssembly JavaScript interface that we use; Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  type ImportValue = ((...values: never[]) => unknown) | Memory
  type ModuleImports = Record<string, ImportValue>
  type Imports = Record<string, ModuleImports>

  class Module {
    constructor(bytes: Uint8Array)
  }

  class Instance {
    constructor(module: Module, imports: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }

  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number })
    readonly buffer: ArrayBuffer
  }

  interface Global {
    value: number
  }

  class RuntimeError extends Error {}

  function validate(bytes: Uint8Array): boolean
}
