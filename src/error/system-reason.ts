/**
 * What the system says, as `ENOTDIR: not a directory`: without the call and its path, which may be a temporary one that
 * nobody has named.
 */
export function systemReason(cause: unknown): string {
  const { message, syscall } = cause as NodeJS.ErrnoException;
  const end = syscall === undefined ? -1 : message.lastIndexOf(`, ${syscall}`);
  return end < 0 ? message : message.slice(0, end);
}
