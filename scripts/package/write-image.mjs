// Makes an image archive of one layer: node scripts/package/write-image.mjs LAYER.tar.gz ARCHITECTURE VERSION DIR
// Lays out DIR for tar: an OCI image layout (image-spec 1.0: oci-layout, index.json, blobs/), which skopeo, crane and
// containerd read, with the manifest.json that `docker load` of Docker before 25 asks for.
// SOURCE_DATE_EPOCH is the image's date.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [layerFile, architecture, version, directory] = process.argv.slice(2);
const created = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString();
const blobs = 'blobs/sha256';
mkdirSync(join(directory, blobs), { recursive: true });

const layer = readFileSync(layerFile);
const config = {
  created,
  architecture: { x86_64: 'amd64', aarch64: 'arm64' }[architecture],
  os: 'linux',
  config: {
    User: '0:0',
    Entrypoint: ['/opt/ecs-privatelinkd/ecs-privatelinkd'],
    Cmd: ['run'],
    WorkingDir: '/',
    StopSignal: 'SIGTERM',
    Env: [
      'PATH=/opt/ecs-privatelinkd:/usr/sbin:/usr/bin',
      // The host's own: those of the container are copies that Docker made when it started.
      'ECS_PRIVATELINKD_RESOLV_CONF=/proc/1/root/etc/resolv.conf',
      'ECS_PRIVATELINKD_HOSTS_FILE=/proc/1/root/etc/hosts',
    ],
    Labels: {
      'org.opencontainers.image.title': 'ecs-privatelinkd',
      'org.opencontainers.image.description': 'Moves the Amazon ECS container agent onto AWS PrivateLink',
      'org.opencontainers.image.licenses': 'Apache-2.0 AND MIT',
      'org.opencontainers.image.version': version,
    },
  },
  rootfs: { type: 'layers', diff_ids: [digestOf(gunzipSync(layer))] },
  history: [{ created, created_by: 'scripts/package.sh' }],
};

const layerBlob = blob('application/vnd.oci.image.layer.v1.tar+gzip', layer);
const configBlob = blob('application/vnd.oci.image.config.v1+json', json(config));
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: configBlob,
  layers: [layerBlob],
};
const manifestBlob = blob(manifest.mediaType, json(manifest));

write('oci-layout', { imageLayoutVersion: '1.0.0' });
write('index.json', {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [{ ...manifestBlob, annotations: { 'org.opencontainers.image.ref.name': version } }],
});
write('manifest.json', [
  { Config: pathOf(configBlob), RepoTags: [`ecs-privatelinkd:${version}`], Layers: [pathOf(layerBlob)] },
]);

/** Writes the bytes under their digest, and returns what refers to them. */
function blob(mediaType, bytes) {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  writeFileSync(join(directory, pathOf(descriptor)), bytes);
  return descriptor;
}

function pathOf({ digest }) {
  return `${blobs}/${digest.replace('sha256:', '')}`;
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}

function write(name, value) {
  writeFileSync(join(directory, name), json(value));
}
