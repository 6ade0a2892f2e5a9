import { describe, expect, test } from 'vitest'
import { splitWords } from '../../src/config/lexer.ts'

describe('splits as nginx does', () => {
  test.each<[text: string, words: string[]]>([
    ['one', ['one']],
    ['  one\ttwo\r\nthree ', ['one', 'two', 'three']],
    ['"one two" three', ['one two', 'three']],
    ["'one two' three", ['one two', 'three']],
    ['""', ['']],
    ["a '' b", ['a', '', 'b']],
    ['a"b c"', ['a"b', 'c"']],
    ["it's fine", ["it's", 'fine']],
    ['"a \\"quoted\\" word"', ['a "quoted" word']],
    ["'it\\'s'", ["it's"]],
    ['"tab\\tline\\nreturn\\r"', ['tab\tline\nreturn\r']],
    ['a\\\\b', ['a\\b']],
    // A backslash before anything else stays: regular expressions need it.
    ['~ \\.php$ \\d+', ['~', '\\.php$', '\\d+']],
    ['a\\ b', ['a\\ b']],
    ['"a\\;b"', ['a\\;b']],
    ['${host}x "$uri y"', ['${host}x', '$uri y']],
    // Braces mean nothing in YAML's scalars.
    ['~ ^/x{1,2}$', ['~', '^/x{1,2}$']],
    ['a#b #c', ['a#b', '#c']],
    ['', []],
    [' \n ', []],
    ['trailing\\', ['trailing\\']],
    ['($arg_x = "b")', ['($arg_x', '=', 'b', ')']],
  ])('%j', (text, words) => expect(splitWords(text)).toEqual(words))
})

describe('refuses', () => {
  test.each<[text: string, message: string, index: number]>([
    ['"open', 'missing closing "', 0],
    ["a 'open", "missing closing '", 2],
    ['"a"b', 'unexpected "b" after a closing quote', 3],
    ['80;', 'unexpected ";"', 2],
    ['"ends with \\"', 'missing closing "', 0],
  ])('%j', (text, message, index) => {
    expect(() => splitWords(text)).toThrow(expect.objectContaining({ message, index }))
  })
})
