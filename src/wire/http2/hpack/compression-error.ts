/**
 * A header block that cannot be decoded. What both sides remember of the connection's fields is no
 * longer the same, so the connection is over (COMPRESSION_ERROR, RFC 7541 section 2.3.3 and others).
 */
export class CompressionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CompressionError'
  }
}

export function blockCutOff(): CompressionError {
  return new CompressionError('header block ends inside a field')
}

export function integerTooLarge(): CompressionError {
  return new CompressionError('integer in header block is too large')
}

export function noSuchField(index: number): CompressionError {
  return new CompressionError(`no field has index ${index}`)
}

export function tableTooLarge(size: number, most: number): CompressionError {
  return new CompressionError(`table of ${size} bytes is larger than the ${most} allowed`)
}

export function lateTableUpdate(): CompressionError {
  return new CompressionError('size of the table changes behind a field')
}

export function invalidHuffman(): CompressionError {
  return new CompressionError('string is not Huffman coded')
}
