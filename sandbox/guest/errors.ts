export function immutableHeaders(): TypeError {
  return new TypeError('immutable headers: copy them with new Headers(…)')
}

export function invalidHeaderName(name: string): TypeError {
  return new TypeError(`invalid header name ${excerpt(name)}`)
}

export function invalidHeaderValue(name: string): TypeError {
  return new TypeError(`invalid value of header ${excerpt(name)}`)
}

export function invalidHeadersInit(): TypeError {
  return new TypeError('headers are a record, Headers, or pairs of a name and a value')
}

export function bodyUsed(): TypeError {
  return new TypeError('body has been used already')
}

export function bodyNotAllowed(what: string): TypeError {
  return new TypeError(`${what} cannot have a body`)
}

export function invalidMethod(method: string): TypeError {
  return new TypeError(`invalid method ${excerpt(method)}`)
}

export function invalidUrl(url: string): TypeError {
  return new TypeError(`invalid URL ${excerpt(url)}`)
}

export function invalidStatus(status: unknown): RangeError {
  return new RangeError(`invalid status ${excerpt(String(status))}`)
}

export function invalidStatusText(): TypeError {
  return new TypeError('invalid statusText')
}

export function notA(what: string): TypeError {
  return new TypeError(`not a ${what}`)
}

export function noAnswer(hook: string, value: unknown): TypeError {
  const what = value === null ? 'null' : typeof value
  return new TypeError(`${hook} returned ${what}, not a Response`)
}

export function noHandler(): TypeError {
  return new TypeError('the default export is neither a function nor an object with a hook')
}

export function notFormData(type: string): TypeError {
  return new TypeError(`cannot read form data from a body of type ${excerpt(type || 'none')}`)
}

export function chunkNotBytes(): TypeError {
  return new TypeError('a chunk of a body is not a Uint8Array')
}

export function contentTokenOver(): TypeError {
  return new TypeError('this content cannot be changed any more: its handlers have ended')
}

export function noEndTag(name: string): TypeError {
  return new TypeError(`${excerpt(name)} has no end tag`)
}

function excerpt(text: string): string {
  const LIMIT = 60
  return JSON.stringify(text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text)
}

export function noEncoding(label: string): RangeError {
  return new RangeError(`no encoding has the label ${excerpt(label)}`)
}
