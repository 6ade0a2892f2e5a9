/** The rights of a folder: who may read it may enter it. */
export function folderAccess(access: number): number {
  return access | ((access & 0o444) >> 2)
}
