import { inTwoDashes } from '../flags.js';
import { shellWord } from '../shell-word.js';

/** The command of this process, but from a snapshot. */
export function commandToGoOn(state: string): string {
  const words = inTwoDashes(process.argv.slice(2));
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--snapshot' || word === '--weights') i++;
    else if (!/^--(snapshot|weights)=/.test(word)) kept.push(word);
  }
  return ['tscaffe', ...kept, '--snapshot', state].map(shellWord).join(' ');
}
