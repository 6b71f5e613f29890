// Parts of the libraries that the daemon never reaches, by who asks for them. In their place goes a stub that throws
// a clear error if it is reached after all.
import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';

/**
 * Library → why it does without, and which modules: as written in its source, with what it takes from them by name
 * when it is loaded; `name()` is called then, and gives what throws.
 */
const unused = {
  // Its transport is src/agent/engine-transport.ts.
  dockerode: {
    why: 'of the Docker Engine only containers, events and the version are asked for, over its unix socket',
    modules: {
      'docker-modem': [],
      './image': [],
      './volume': [],
      './network': [],
      './service': [],
      './plugin': [],
      './secret': [],
      './config': [],
      './task': [],
      './node': [],
      './exec': [],
      './session': [],
      '@balena/dockerignore': [],
      'tar-fs': [],
      zlib: [],
    },
  },
  // Bodies of requests, other protocols and compressed answers: IMDS knows none of them.
  'node-fetch': {
    why: 'IMDS is asked over plain HTTP, without bodies and compression',
    modules: {
      'node:https': [],
      'node:zlib': [],
      'fetch-blob': [],
      'fetch-blob/from.js': ['Blob', 'File', 'fileFromSync', 'fileFrom', 'blobFromSync', 'blobFrom'],
      'formdata-polyfill/esm.min.js': ['FormData', 'formDataToBlob'],
      'data-uri-to-buffer': [],
      './utils/multipart-parser.js': [],
    },
  },
  // Files, threads and redaction: its lines go to a function of ours.
  pino: {
    why: 'log lines are written synchronously by ecs-privatelinkd itself',
    modules: {
      'sonic-boom': [],
      'on-exit-leak-free': [],
      './transport': [],
      './lib/transport': [],
      './lib/multistream': [],
      './redaction': [],
      './lib/redaction': [],
      // Asked whether this is the main thread; whatever it is told here is taken for a yes.
      worker_threads: ['isMainThread'],
      // For objects that JSON.stringify refuses, such as circular ones; where this fails too pino writes a text that says so.
      'safe-stable-stringify': ['configure()'],
    },
  },
  'pino-std-serializers': {
    why: 'no request or answer of HTTP is logged',
    modules: {
      './lib/req': ['mapHttpRequest', 'reqSerializer'],
      './lib/res': ['mapHttpResponse', 'resSerializer'],
    },
  },
};

/** File of a library → the methods that stay of its one class; calling another is a TypeError that names it. */
const methodsKept = {
  'dockerode/lib/docker.js': ['getContainer', 'getEvents', 'version'],
  'dockerode/lib/container.js': ['inspect', 'kill', 'restart', 'start'],
};

const namespace = 'unused-part';

/** What of both tables has been met in any of the bundles. */
const met = new Set();

/** To be called when all bundles are built. @throws Error that names the entries which match nothing (any more) */
export function checkUnusedParts() {
  const entries = [
    ...Object.entries(unused).flatMap(([library, { modules }]) =>
      Object.keys(modules).map((module) => `${library}: ${module}`),
    ),
    ...Object.keys(methodsKept),
  ];
  const unmet = entries.filter((entry) => !met.has(entry));
  if (unmet.length > 0) throw new Error(`left out, and asked for by nothing: ${unmet.join(', ')}`);
}

/** esbuild plugin. */
export const leaveOutUnusedParts = {
  name: 'leave-out-unused-parts',
  setup(api) {
    const names = Object.values(unused).flatMap(({ modules }) => Object.keys(modules));
    const filter = new RegExp(`^(?:${names.map(escaped).join('|')})$`);
    api.onResolve({ filter }, ({ path, importer }) => {
      const library = Object.keys(unused).find((name) =>
        importer.includes(`${sep}node_modules${sep}${name}${sep}`),
      );
      const exported = unused[library]?.modules[path];
      if (exported === undefined) return undefined;
      met.add(`${library}: ${path}`);
      return { path: `${library}: ${path}`, namespace, pluginData: { exported, why: unused[library].why } };
    });
    api.onLoad({ filter: /.*/, namespace }, ({ path, pluginData: { exported, why } }) => ({
      contents: stub(`${path} is not part of ecs-privatelinkd: ${why}`, exported),
    }));
    for (const [file, kept] of Object.entries(methodsKept)) {
      api.onLoad({ filter: new RegExp(`/node_modules/${escaped(file)}$`) }, async ({ path }) => {
        met.add(file);
        return { contents: keepMethods(await readFile(path, 'utf8'), new Set(kept), file) };
      });
    }
  },
};

/** A class of which nothing is an instance, and which throws when it is called; so is all that is taken from it. */
function stub(message, exported) {
  const names = exported.map((name) =>
    name.endsWith('()')
      ? `module.exports.${name.slice(0, -2)} = () => unavailable;`
      : `module.exports.${name} = unavailable;`,
  );
  return `function unavailable() { throw new Error(${JSON.stringify(message)}); }
module.exports = unavailable;
${names.join('\n')}`;
}

/** The source without the other methods: each begins and ends at the start of a line. */
function keepMethods(source, kept, file) {
  const found = new Set();
  const without = source.replaceAll(/^\w+\.prototype\.(\w+) = function[\s\S]*?^\};?$/gm, (method, name) => {
    if (kept.has(name)) found.add(name);
    return kept.has(name) ? method : '';
  });
  if (found.size !== kept.size) throw new Error(`${file} no longer has all of: ${[...kept].join(', ')}`);
  return without;
}

function escaped(text) {
  return text.replaceAll(/[.*+?^$|(){}[\]\\]/g, String.raw`\$&`);
}
