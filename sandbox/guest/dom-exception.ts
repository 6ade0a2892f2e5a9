/** The names with a number (Web IDL, "DOMException names"), and the newer ones, which have none. */
export const CODES: Readonly<Record<string, number>> = {
  __proto__: null as never,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
  DataError: 0,
  OperationError: 0,
}

/** Web IDL's exception with a name. */
export class DOMException extends Error {
  readonly #name: string

  constructor(message = '', options: string | { name?: string; cause?: unknown } = 'Error') {
    super(message)
    this.#name = `${typeof options === 'object' ? (options.name ?? 'Error') : options}`
    if (typeof options === 'object' && 'cause' in options) {
      Object.defineProperty(this, 'cause', { value: options.cause, configurable: true })
    }
  }

  override get name(): string {
    return this.#name
  }

  get code(): number {
    return CODES[this.#name] ?? 0
  }
}

for (const [name, code] of Object.entries(CODES)) {
  if (code === 0) continue
  const constant = `${name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase()}_ERR`
  const property = { value: code, enumerable: true }
  Object.defineProperty(DOMException, constant, property)
  Object.defineProperty(DOMException.prototype, constant, property)
}
