#!/usr/bin/env bash
# browser.sh: the report in a browser (Chromium, headless), from a file: URL, at the width of a desk and of a phone: sorting,
# filters, other hosts, values under the pointer and by the keyboard (browser.js); printing to PDF; the colours of the dark
# theme. Skips with the reason where there is no Chromium. `browser.sh --keep DIR`: leaves page and pictures there.
set -u
browser=
for name in chromium chromium-browser google-chrome; do
    browser=${browser:-$(command -v $name)}
done
if [ -z "$browser" ]; then
    echo "skip browser: there is no chromium here"
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0
fail() {
    echo "FAIL browser: $1"
    failures=1
}
# Each run a profile of its own: none waits for another.
run() {
    timeout 300 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
        --hide-scrollbars --allow-file-access-from-files --user-data-dir="$dir/profile" "$@" 2>"$dir/log"
}

build/plots/tests/report_test --sample "$dir/sample" >/dev/null || {
    echo "FAIL browser: no sample report"
    exit 1
}
page=$dir/sample/index.html
# The same page with the script behind it, in two frames; the frame's owner writes down what they say.
sed '/<\/body>/,$d' "$page" >"$dir/driven.html"
{ echo '<script>' && cat plots/tests/browser.js && echo '</script></body></html>'; } >>"$dir/driven.html"
cat >"$dir/frames.html" <<'END'
<!DOCTYPE html><title>frames</title><pre id="said"></pre>
<iframe src="driven.html" width="1280" height="900"></iframe><iframe src="driven.html" width="390" height="800"></iframe>
<script>addEventListener('message', function (e) { document.getElementById('said').textContent += e.data + '\n'; });</script>
END
run --dump-dom --virtual-time-budget=20000 "file://$dir/frames.html" >"$dir/dom"
sed -n '/<pre id="said">/,/<\/pre>/p' "$dir/dom" | sed -e 's/.*<pre id="said">//' -e 's/<\/pre>.*//' \
    -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g' | grep -E '^(ok|FAIL) ' >"$dir/said"
cat "$dir/said"
grep -q '^FAIL' "$dir/said" && failures=1
for where in desk phone; do
    [ "$(grep -c "^ok $where: " "$dir/said")" -ge 35 ] || fail "$where: fewer than 35 verdicts; $(head -c 300 "$dir/log")"
done

# To paper: a PDF of several pages, each A4 across.
run --print-to-pdf="$dir/page.pdf" "file://$page" >/dev/null
if [ "$(head -c 5 "$dir/page.pdf" 2>/dev/null)" != "%PDF-" ]; then
    fail "printing made no PDF: $(tail -n 1 "$dir/log")"
else
    pages=$(grep -ac '/Type */Page$\|/Type */Page[^s]' "$dir/page.pdf")
    if [ "$pages" -ge 3 ]; then
        echo "ok browser: prints on $pages pages"
    else
        fail "printed on $pages pages"
    fi
fi
if [ "${1:-}" = --keep ]; then
    mkdir -p "$2" && cp -r "$page" "$dir/page.pdf" "$dir/sample/report.json" "$2"
    run --screenshot="$2/desk.png" --window-size=1400,6000 "file://$page"
    run --screenshot="$2/dark.png" --window-size=1400,3000 --blink-settings=preferredColorScheme=0 "file://$page"
    run --screenshot="$2/phone.png" --window-size=500,6000 "file://$page"
fi
exit $failures
