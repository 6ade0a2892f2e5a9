/** As Web IDL has it: a class shows its name, and what it offers can be enumerated. */
export function dress(name: string, Class: { readonly prototype: object }): void {
  const { prototype } = Class
  if (Object.hasOwn(prototype, Symbol.toStringTag)) return
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
  for (const member of Object.getOwnPropertyNames(prototype)) {
    if (member !== 'constructor') Object.defineProperty(prototype, member, { enumerable: true })
  }
}
