/** The frames of a stack that are of the script itself, in one line. */
export function framesIn(stack: string): string {
  const frames = stack.split('\n').map((frame) => frame.trim())
  return frames.filter((frame) => frame !== '' && !OURS.test(frame)).join(' ')
}

const OURS = /\(((?:bootstrap|prelude)[^)]*|native)\)$/

/** A text without what ends a line: a script must not be able to write lines of its own into the log. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, (each) => {
    return `\\x${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a log
const CONTROLS = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g
