#!/usr/bin/env bash
# make_changelog.sh OUT: writes a Debian changelog of an invented package, the same one every time, for machines that
# have no real one. Eight versions, four urgencies, seven vulnerabilities, in the several layouts that maintainers use.
set -euo pipefail

out=${1:?make_changelog.sh OUT}
cat >"$out" <<'TEXT'
harborlight (3.2.1-4+deb12u2) bookworm-security; urgency=high

  * Non-maintainer upload by the security team.
  * Refuse a lantern file whose index points outside the file; reading one
    could return bytes of another process's request (CVE-2025-90112).
  * Bound the depth of nested beacons. A chain of a few thousand made the
    parser overflow its stack (CVE-2025-90113, CVE-2025-90118).

 -- Ines Valcourt <ines@harborlight.example>  Tue, 11 Mar 2025 19:40:12 +0000

harborlight (3.2.1-4+deb12u1) bookworm; urgency=medium

  * Keep the tide table when the clock goes back by an hour: the row of the
    repeated hour was written twice and the second one won.
  * Close the log before rotating it, so that the last line is not lost.
    Closes: #1094417

 -- Ines Valcourt <ines@harborlight.example>  Sat, 18 Jan 2025 08:03:55 +0000

harborlight (3.2.1-4) unstable; urgency=medium

  [ Tobias Rennquist ]
  * Build the manual with the system's stylesheet.
  * Drop the patch for big-endian machines, applied upstream.

  [ Ines Valcourt ]
  * Raise the limit of open keepers from 64 to 4096 and say so in the manual.
  * Declare compliance with policy 4.6.2; nothing had to change.

 -- Tobias Rennquist <tobias@harborlight.example>  Fri, 14 Apr 2023 21:17:30 +0200

harborlight (3.2.1-3) unstable; urgency=low

  * Translations: Basque, Slovak and Welsh, with thanks to their authors.
  * Correct three spelling mistakes in the description.

 -- Tobias Rennquist <tobias@harborlight.example>  Mon, 06 Mar 2023 17:55:01 +0100

harborlight (3.2.1-2) unstable; urgency=emergency

  * The previous upload removed the keepers' database on upgrade when /var was
    a mount of its own. Stop doing that, and restore it from the copy that the
    upgrade leaves in /var/backups. Closes: #1030881, #1030884

 -- Ines Valcourt <ines@harborlight.example>  Thu, 09 Feb 2023 02:26:47 +0000

harborlight (3.2.1-1) unstable; urgency=medium

  * New upstream release.
    - Answers in constant time when a password is wrong (CVE-2022-90377).
    - Signals over IPv6; the option --four is gone.
    - A keeper may now have several names.
  * Refresh all patches.

 -- Ines Valcourt <ines@harborlight.example>  Sun, 05 Feb 2023 12:12:12 +0000

harborlight (3.1.0-2) unstable; urgency=high

  * Take two fixes from upstream's branch for 3.1:
    + check the length of a greeting before copying it (CVE-2022-90021)
    + do not follow symbolic links in the spool folder (CVE-2022-90022)
  * Run the test suite during the build, except where there is no network.

 -- Tobias Rennquist <tobias@harborlight.example>  Wed, 20 Jul 2022 10:31:09 +0200

harborlight (3.1.0-1) unstable; urgency=low

  * First upload of this package. Closes: #1011203
  * Thanks to Marguerite Osei for the review, in which she found that a beacon
    without a colour was shown as red (CVE-2022-90009).

 -- Tobias Rennquist <tobias@harborlight.example>  Sat, 28 May 2022 15:44:38 +0200
TEXT
