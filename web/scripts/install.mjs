// npm ci for the build: quiet when it works, one clear sentence when it does not.
import { spawnSync } from 'node:child_process';

const npm = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], { encoding: 'utf8' });
if (npm.status !== 0) {
  const words = `${npm.stdout ?? ''}${npm.stderr ?? npm.error}`.trim().split('\n').slice(-12);
  console.error(words.map((line) => `    ${line}`).join('\n'));
  console.error('npm could not fetch what the chat page is built with (web/package-lock.json); is there a network?');
  console.error("npm's own settings say where it fetches from: npm config get registry");
  process.exit(1);
}
