import { expect, test } from 'vitest'
import { depthOf } from '../../plugins-examples/graphql-depth/depth.ts'

test.each([
  ['{ a }', 1],
  ['query q($x: In = {a: {b: {c: 1}}}) { a(x: {y: {z: 1}}) { b } }', 2],
  ['{ a ... { b ... on T @include(if: true) { c } } }', 3],
  ['{ ...f } fragment f on T { a { b } }', 2],
  ['{ a { ...f } } fragment f on T { b { ...g } } fragment g on T { c }', 3],
  ['fragment f on T { ...g } fragment g on T { a { ...f } } { ...f }', 2],
  ['{ a(s: "}}{{ \\" {", t: """ { \\""" { """) }', 1],
  ['{ a # { { {\n { b } }', 2],
  // A comment ends with a CR alone as well (GraphQL, section 2.1.3): nothing hides behind it.
  ['{ a #\r{ b { c { d } } } }', 4],
  ['{ a } { b { c } }', 2],
])('%j is %i deep', (document, depth) => {
  expect(depthOf(document)).toBe(depth)
})

test('many fragments, each spread twice by the next, are followed once', () => {
  const chain = Array.from(
    { length: 2000 },
    (_, i) => `fragment f${i} on T { a { ...f${i + 1} ...f${i + 1} } }`,
  )
  expect(depthOf(`{ ...f0 } ${chain.join(' ')} fragment f2000 on T { b }`)).toBe(2001)
})
