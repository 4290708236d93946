/** Lays out a graph in DOT, as SVG. */
export async function layOut(dot: string): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  return (await instance()).renderString(dot, { format: 'svg' });
}
