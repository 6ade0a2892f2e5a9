/** What a test says of lines it expects in the error log. */
export type Expected = RegExp | string

const SERIOUS = /\[(error|crit|alert|emerg)\]/

/** The lines of an error log; an indented line goes on with the one before it. */
export function errorLines(log: string): string[] {
  return log.split(/\n(?! )/).filter((line) => line !== '')
}

/** The lines at level error and above that nobody expected. */
export function unexpectedLines(log: string, expected: readonly Expected[]): string[] {
  return errorLines(log)
    .filter((line) => SERIOUS.test(line))
    .filter((line) => !expected.some((each) => matches(line, each)))
}

function matches(line: string, expected: Expected): boolean {
  return typeof expected === 'string' ? line.includes(expected) : expected.test(line)
}
