/** That a plugin record asks for something the sandbox has not. */
export function notPortable(what: string, why: string): TypeError {
  return new TypeError(`${what} is not there in the sandbox: ${why}`)
}
