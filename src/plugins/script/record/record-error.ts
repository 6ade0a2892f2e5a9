import { ConfigError } from 'gateway/plugin'
import type { Verdict } from '../../../../sandbox/engine/verdict.ts'

/** Why a record was not loaded: an error of the configuration as it is, else the record's own. */
export function recordNotLoaded(error: unknown, inSource: (stack: string) => string): Error {
  if (error instanceof ConfigError) return error
  const { guestStack = '', message } = error as { guestStack?: string; message: string }
  const own = inSource(guestStack)
    .split('\n')
    .filter((frame) => frame !== '' && !OURS.test(frame))
  return textError([message, ...own].join('\n'))
}

/** Frames that are not of the record's own files. */
const OURS = /\((?:bootstrap|prelude|gateway\/plugin)[^)]*\)$|\(native\)$/

/** What a file exports that is to be a plugin is none, or one that needs more than a sandbox has. */
export function notAPlugin(problem: string): Error {
  return textError(problem)
}

/** Reading a directive went over a limit. */
export function recordStopped(verdict: Verdict): Error {
  return textError(`reading the directive ended with "${verdict}"`)
}

/** Its text is all there is to tell: where in the gateway it was made is nobody's business. */
export function textError(text: string): Error {
  const error = new Error(text)
  error.stack = text
  return error
}
