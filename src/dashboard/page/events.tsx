import type { JSX } from 'preact';
import { mainRun, marksOf, followRuns } from './model.js';
import { wholeNumber } from './numbers.js';

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** What happened to the run, the last first. */
export function Events(): JSX.Element {
  followRuns();
  const marks = marksOf(mainRun()).toReversed();
  return (
    <section class="card events" aria-label="Events">
      <h2>Events</h2>
      {marks.length === 0 ? (
        <p class="hint">Snapshots, pauses and changes are listed here.</p>
      ) : (
        <ol tabIndex={0} aria-label="Events, the last first">
          {marks.slice(0, 100).map(({ iter, kind, text, time: at }, i) => (
            <li key={`${at} ${i}`} class={kind}>
              <span class="iter">{wholeNumber(iter)}</span>
              <span class="what">{text}</span>
              <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
