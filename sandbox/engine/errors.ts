/** Why the sandbox cannot be set up, or a script not be loaded. */
export type SandboxErrorCode =
  | 'malformed_module'
  | 'unknown_build'
  | 'self_test_failed'
  | 'memory_too_small'
  | 'bootstrap_incomplete'
  | 'script_not_loaded'
  | 'pool_closed'

/** An error of the sandbox itself; how a run ended is a verdict, never an error. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: SandboxErrorCode

  /** The guest's own stack, where a script threw. */
  readonly guestStack: string

  constructor(code: SandboxErrorCode, message: string, guestStack = '') {
    super(message)
    this.code = code
    this.guestStack = guestStack
  }
}

/** The engine file is no WebAssembly we can rewrite. */
export function malformedModule(what: string, at: number): SandboxError {
  return new SandboxError('malformed_module', `malformed module: ${what} at byte ${at}`)
}

/** The engine file is not the one whose offsets we know. */
export function unknownBuild(file: string, hash: string): SandboxError {
  return new SandboxError('unknown_build', `${file} has the unknown sha256 ${hash}`)
}

/** The engine does not behave as its build says. */
export function selfTestFailed(what: string): SandboxError {
  return new SandboxError('self_test_failed', `engine self-test failed: ${what}`)
}

/** The limit is below what the engine's module declares. */
export function memoryTooSmall(bytes: number, least: number): SandboxError {
  const text = `memory of ${bytes} bytes is less than the engine begins with, ${least}`
  return new SandboxError('memory_too_small', text)
}

/** The bootstrap left a function undefined that the border needs. */
export function bootstrapIncomplete(name: string): SandboxError {
  return new SandboxError('bootstrap_incomplete', `the bootstrap does not define ${name}()`)
}

/** What there is too little of, by verdict. */
const OVER: Readonly<Record<string, string>> = {
  cpu: 'processor time',
  memory: 'memory',
  stack: 'stack',
  jobs: 'promise jobs',
}

/** Evaluating a bootstrap or a script ended with anything but success. */
export function scriptNotLoaded(
  name: string,
  verdict: string,
  detail: string,
  stack?: string,
): SandboxError {
  const limit = OVER[verdict]
  const told = limit ? `went over its limit of ${limit} while it was loaded (${verdict})` : verdict
  const message = `${name}: ${told}${detail && `: ${detail}`}`
  return new SandboxError('script_not_loaded', message, stack)
}

/** A run was asked of a pool that is closed. */
export function poolClosed(): SandboxError {
  return new SandboxError('pool_closed', 'the pool is closed')
}
