/** Offhook's own certificate, named as PBXes know this machine. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { OwnCertificate } from './tls/own-certificate.ts';

export const openCertificate = async (config: Config, log: Logger): Promise<OwnCertificate> => {
  const names = [hostname(), config.SIP_ADDRESS, config.EXTERNAL_ADDRESS, config.PUBLIC_SIP_HOST];
  const certificate = new OwnCertificate({
    dir: join(config.DATA_DIR, 'tls'),
    names: names.filter((name) => name !== undefined),
    log,
  });
  await certificate.start();
  return certificate;
};
