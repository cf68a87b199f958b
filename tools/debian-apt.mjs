/**
 * What is asked of apt and how its answers read. Pure: no process, no file. It does not know what the packages are for.
 */

/**
 * Dependencies that none of the programs and modules that we load needs (calendars, SNMP, databases, Perl tools…).
 * What is not named here is fetched, so a package that is split or renamed costs some megabytes and breaks nothing.
 */
export const unneeded = new RegExp(
  `^(?:${[
    'adduser|passwd|login\\.defs|perl.*|libperl.*|gnupg.*|gpg.*|dirmngr|pinentry.*|debconf|base-passwd|tzdata',
    'libicu.*|libcodec2.*|libsnmp.*|libgmime.*|libgpgme.*|libglib2.*|libgnutls.*|libunbound.*|libldap2|libpq5',
    'libcurl4.*|libneon.*|libical.*|libjack.*|libsamplerate0|libasound.*|libportaudio2|libspandsp.*|libtiff6',
    'libwebp.*|libsharpyuv0|libjpeg.*|libdb5.*|libgdbm.*|libgcrypt20|libgpg-error0|libassuan.*|libksba8|libnpth0.*',
    'libunistring.*|libp11.*|libnettle.*|libhogweed.*|libgmp10|libkrb5.*|libgssapi.*|libk5crypto.*|libkeyutils.*',
    'libcom-err.*|libsasl2.*|libssh2.*|libbrotli.*|libng.*|libpsl.*|librtmp.*|libidn2.*|libtasn1.*|libffi.*',
    'libmount1|libblkid1|libselinux1|libsemanage.*|libsepol.*|libpcre2.*|libaudit.*|libcap-ng0|libpam.*|libacl1|libattr1',
    'libsybdb5|freetds.*|libodbc.*|libltdl7|libradcli.*|libiksemel.*|liblua.*|libjwt.*|libb64.*|libopencore.*|libvo-amr.*',
    'libogg0|libvorbis.*|libopusenc.*|libopusfile.*|libnl-.*|libpci3|pci\\.ids|libsensors.*|libwrap0|libudev1|libevent.*',
    'libdeflate0|libjbig0|liblerc4|liblzma5|libntlm0|libbz2.*|libreadline.*|readline-common|libncursesw6|libatomic1',
    'libc-gconv-modules-extra|openssl-provider-legacy|libdebconfclient0|asterisk-config',
  ].join('|')})$`,
);

/**
 * The mirror that this machine's own apt uses.
 * @param {{ fromEnvironment: string | undefined, aptTargets: string, osId: string }} found `aptTargets`: one URI a line
 * @returns {string | null}
 */
export const chooseMirror = ({ fromEnvironment, aptTargets, osId }) => {
  if (fromEnvironment) return fromEnvironment.replace(/\/+$/, '');
  const uris = aptTargets
    .split('\n')
    .map((line) => line.trim().replace(/\/+$/, ''))
    .filter((uri) => /^(?:https?|file|copy|mirror(?:\+\w+)?):/.test(uri) && !/security/.test(uri));
  // A third party's repository also has a component `main`; only on Debian itself may an unnamed URI be a mirror.
  return uris.find((uri) => /debian(?:$|\/)/.test(uri)) ?? (osId === 'debian' ? (uris[0] ?? null) : null);
};

/** @param {{ folder: string }} where */
export const aptConfiguration = ({ folder }) => `Dir::State::Lists "${folder}/lists";
Dir::State::status "/dev/null";
Dir::State::extended_states "${folder}/extended_states";
Dir::Cache "${folder}/cache";
Dir::Etc::SourceList "${folder}/debian.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Update::Error-Mode "any";
APT::Install-Recommends "false";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
`;

/** @param {{ mirror: string, suite: string, architecture: string, keyring: string | null }} source */
export const aptSources = ({ mirror, suite, architecture, keyring }) => `Types: deb
URIs: ${mirror}
Suites: ${suite}
Components: main
Architectures: ${architecture}
${keyring === null ? '' : `Signed-By: ${keyring}\n`}`;

/**
 * The packages of `apt-get -s install` that we take.
 * @param {string} simulation
 */
export const packagesToFetch = (simulation) =>
  [...simulation.matchAll(/^Inst (\S+) /gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => !unneeded.test(name));

/**
 * Bytes to fetch, from `apt-get --print-uris download`: `'uri' file size hash` a line.
 * @param {string} uris
 */
export const bytesToFetch = (uris) =>
  [...uris.matchAll(/^'[^']*' \S+ (\d+) /gm)].reduce((sum, match) => sum + Number(match[1]), 0);

/** The lines of apt's output that say what went wrong. */
export const complaints = (/** @type {string} */ output) => {
  const lines = output.split('\n').filter((line) => /^(?:E:|W: Failed|Err:|dpkg-deb: error)/.test(line));
  return (lines.length > 0 ? lines : output.trim().split('\n')).slice(-4).join('\n');
};

export const isOutOfSpace = (/** @type {string} */ text) =>
  /No space left on device|ENOSPC|enough free space|Disk quota exceeded/.test(text);

/** Whether a step failed because nobody answered, so that another suite of the same mirror would fail too. */
export const isSilence = (/** @type {string} */ text) =>
  /Could not connect|Could not resolve|timed out|Connection refused|Temporary failure/i.test(text);
