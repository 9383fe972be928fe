#!/bin/sh
# One would guess: AIC and BIC of fitgmdist count K D coordinates of means and K - 1 proportions.
# What happens: they count 2 K - 1 for both together, which is right for one column alone.
set -eu
# Octave is the system's own (7.3 with Debian 12); of the functions the package is only unpacked.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -o APT::Sandbox::User=root download -qq octave-statistics=1.5.3-2
dpkg-deb --extract octave-statistics_*.deb unpacked
cat > counting.m <<'END'
1;
function k = counted (m)
  k = (m.AIC - 2 * m.NegativeLogLikelihood) / 2;
endfunction
warning ("off", "all");
addpath (argv (){1});
printf ("Octave %s, statistics %s\n", version (), argv (){2});
X = [-10 0; 10 0; 0 -20; 0 20];
nll = 4 * log (2 * pi) + 2 * log (50 * 200) + 4;
m = fitgmdist (X, 1);
assert (m.NegativeLogLikelihood, nll, 1e-9);
assert (m.BIC, 2 * nll + counted (m) * log (4), 1e-9);
printf ("two columns: AIC %.4f, BIC %.4f, parameters counted: %g\n", m.AIC, m.BIC, counted (m));
printf ("by hand:     AIC %.4f, BIC %.4f, 2 means and 3 covariances: 5\n", ...
        2 * nll + 10, 2 * nll + 5 * log (4));
one = fitgmdist (X(:,1), 1);
printf ("one column: parameters counted: %g, by hand 2\n", counted (one));
same = abs (counted (m) - 4) < 1e-9 && abs (counted (one) - 2) < 1e-9;
if (same) disp ("as found"); else disp ("changed"); endif
exit (! same);
END
package=$(find "$folder/unpacked" -name fitgmdist.m | head -n 1)
version=$(basename "$(dirname "$package")" | sed 's/^statistics-//')
octave-cli --quiet --norc --no-history counting.m "$(dirname "$package")" "$version"
