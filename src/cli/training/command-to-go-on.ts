import { inTwoDashes } from '../flags.js';

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./=,:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command of this process, but from a snapshot. */
export function commandToGoOn(state: string): string {
  const words = inTwoDashes(process.argv.slice(2));
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--snapshot' || word === '--weights') i++;
    else if (!/^--(snapshot|weights)=/.test(word)) kept.push(word);
  }
  return ['tscaffe', ...kept, '--snapshot', state].map(quote).join(' ');
}
