// A server of the tests' own: the real program on a port from the kernel, with a state folder that is thrown away.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const MODEL = 'smollm2:135m';
const binary = process.env.ENTENTE_BINARY ?? resolve(import.meta.dirname, '../../build/release/entente');

export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), 'entente-node-'));
  const config = join(folder, 'entente.toml');
  writeFileSync(config, 'server.listen = ["127.0.0.1:0"]\nengine.threads = 1\n');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    ENTENTE_STATE: join(folder, 'state'),
    ENTENTE_MODELS: join(folder, 'models'),
  };
  const entente = (...words) =>
    execFileSync(binary, [...words, '--config', config], { env, encoding: 'utf8', timeout: 60_000 });
  entente('models', 'import', process.env.ENTENTE_TEST_MODEL, '--name', MODEL);
  const { secret } = JSON.parse(entente('keys', 'create', 'node', '--json'));

  const child = spawn(binary, ['serve', '--config', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  const ended = new Promise((done) => child.on('exit', done));
  const url = await new Promise((found, failed) => {
    ended.then(() => failed(new Error(`the server ended at once:\n${log.join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const said = JSON.parse(line);
      if (said.message === 'Listening.') found(said.address);
    });
  });
  for (let i = 0; (await fetch(`${url}/health/ready`)).status !== 200; ++i) {
    if (i > 600) throw new Error(`the server is not ready:\n${log.join('\n')}`);
    await new Promise((later) => setTimeout(later, 100));
  }
  return {
    url,
    key: secret,
    log,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
