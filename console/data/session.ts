export function openEmbedded(): boolean {
  return false;
}
