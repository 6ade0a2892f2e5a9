interface Node<T> {
  readonly label: string
  value: T | undefined
  /** By the first character of their labels. */
  children: Map<number, Node<T>> | undefined
}

/**
 * Values under string prefixes, as a compressed tree: the longest prefix of a text is found in
 * steps that depend on the text's length, not on how many prefixes there are.
 */
export class PrefixTree<T> {
  readonly #root: Node<T> = { label: '', value: undefined, children: undefined }

  set(prefix: string, value: T): void {
    let node = this.#root
    let rest = prefix
    while (rest !== '') {
      const child = node.children?.get(rest.charCodeAt(0))
      if (!child) {
        node.children ??= new Map()
        node.children.set(rest.charCodeAt(0), { label: rest, value, children: undefined })
        return
      }
      const shared = sharedLength(child.label, rest)
      node = shared === child.label.length ? child : split(node, child, shared)
      rest = rest.slice(shared)
    }
    node.value = value
  }

  /** The value of the longest prefix of `text`. */
  longest(text: string): T | undefined {
    let node = this.#root
    let found = node.value
    let at = 0
    while (node.children) {
      const child = node.children.get(text.charCodeAt(at))
      if (!child || !text.startsWith(child.label, at)) break
      at += child.label.length
      if (child.value !== undefined) found = child.value
      node = child
    }
    return found
  }
}

function sharedLength(a: string, b: string): number {
  let at = 0
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at
}

/** Puts a node for the first `length` characters between a parent and its child. */
function split<T>(parent: Node<T>, child: Node<T>, length: number): Node<T> {
  const lower = { ...child, label: child.label.slice(length) }
  const upper: Node<T> = {
    label: child.label.slice(0, length),
    value: undefined,
    children: new Map([[lower.label.charCodeAt(0), lower]]),
  }
  parent.children?.set(upper.label.charCodeAt(0), upper)
  return upper
}
