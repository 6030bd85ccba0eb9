// Sorting and filtering of the tables, other hosts' figures, and values under the pointer; without it the page only
// stands still.
(function () {
  'use strict';
  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }

  // ---- sorting
  function value(row, index) {
    var cell = row.cells[index];
    if (!cell) return '';
    if (cell.classList.contains('num')) return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
    return cell.textContent.trim().toLowerCase();
  }
  // A header's column: its cells' index in the body, counted over both header rows.
  function column(table, header) {
    if (table.tHead.rows.length === 1 || header.rowSpan > 1) return header.cellIndex;
    return header.cellIndex + 1;
  }
  function sort(table, header) {
    var up = header.getAttribute('aria-sort') !== 'ascending', index = column(table, header);
    all('th[aria-sort]', table).forEach(function (th) { th.removeAttribute('aria-sort'); });
    header.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    var rows = Array.from(table.tBodies[0].rows).map(function (row) { return [value(row, index), row]; });
    rows.sort(function (a, b) {
      var x = a[0], y = b[0];
      if (x === null || y === null) return (x === null) - (y === null); // no figure: last, whichever way
      var order = typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true });
      return up ? order : -order;
    });
    table.tBodies[0].append.apply(table.tBodies[0], rows.map(function (row) { return row[1]; }));
  }
  all('table.sortable').forEach(function (table) {
    all('th[data-sort]', table).forEach(function (header) {
      var button = document.createElement('button');
      button.type = 'button';
      while (header.firstChild) button.appendChild(header.firstChild);
      header.appendChild(button);
      button.addEventListener('click', function () { sort(table, header); });
    });
  });

  // ---- other hosts' figures in the table of tests
  var data = JSON.parse(document.getElementById('figures').textContent);
  var tests = document.getElementById('test-table'), rows = tests ? Array.from(tests.tBodies[0].rows) : [];
  var own = null; // the rows' cells as they came
  function digits(x) { // three of them, as the page has them
    var size = Math.abs(x);
    if (size >= 1e15 || (size > 0 && size < 1e-4)) return x.toExponential(2);
    if (size >= 999.5) return Math.round(Number(x.toPrecision(3))).toLocaleString('en');
    return x.toPrecision(3).indexOf('e') < 0 ? x.toPrecision(3) : String(Number(x.toPrecision(3)));
  }
  function element(name, text, title) {
    var made = document.createElement(name);
    made.textContent = text;
    if (title) made.title = title;
    return made;
  }
  function fill(cell, value, lo, hi, unit) {
    if (typeof value !== 'number') return;
    cell.dataset.v = value;
    cell.append(digits(value) + unit);
    if (typeof lo === 'number' && typeof hi === 'number') cell.append(element('small', digits(lo) + '–' + digits(hi)));
  }
  function put(row, figures) {
    var cells = Array.from(row.cells).slice(1), at = 0;
    figures.forEach(function (f, env) {
      var pair = cells.slice(at, at += env === 0 && cells[0].classList.contains('e-native') ? 1 : 2);
      pair.forEach(function (cell) {
        cell.textContent = '';
        delete cell.dataset.v;
        cell.classList.toggle('noisy', f !== 0 && data.status[f[0]] === 'noisy');
      });
      if (f === 0) { pair[0].append(element('span', '–')); return; }
      var status = data.status[f[0]];
      if (status !== 'ok') {
        var pill = element('span', status);
        pill.className = 'pill ' + status;
        pair[0].append(pill);
      }
      fill(pair[0], f[2], f[3], f[4], '');
      if (f[1] && typeof f[2] === 'number') pair[0].append(element('abbr', 'tsc', 'ticks: the core clock was not proven'));
      if (pair[1]) fill(pair[1], f[5], f[6], f[7], '×');
    });
    row.toggleAttribute('data-marked', figures.some(function (f) { return f !== 0 && data.status[f[0]] !== 'ok'; }));
  }
  function show(host) {
    if (!own) own = rows.map(function (row) {
      return [row.hasAttribute('data-marked'), Array.from(row.cells).slice(1).map(function (cell) { return cell.cloneNode(true); })];
    });
    rows.forEach(function (row, i) {
      if (!data.hosts[host].shown) { put(row, data.hosts[host].figures[i]); return; }
      while (row.cells.length > 1) row.deleteCell(1);
      own[i][1].forEach(function (cell) { row.appendChild(cell.cloneNode(true)); });
      row.toggleAttribute('data-marked', own[i][0]);
    });
    var note = document.getElementById('host-note');
    note.textContent = data.hosts[host].shown ? '' : 'Figures of ' + data.hosts[host].label + '; charts and means are of this page’s host.';
    note.hidden = data.hosts[host].shown;
  }

  // ---- filters: tables, panels of charts, environments
  var form = document.getElementById('filters');
  function apply() {
    var family = form.elements.family.value, words = form.elements.search.value.trim().toLowerCase();
    var marked = form.elements.marked.checked, said = '';
    all('table.filtered').forEach(function (table) {
      var shown = 0, body = table.tBodies[0].rows;
      Array.from(body).forEach(function (row) {
        var keep = (!family || row.dataset.family === family) && (!marked || row.dataset.marked !== undefined) &&
          (!words || row.cells[0].textContent.toLowerCase().indexOf(words) >= 0);
        row.hidden = !keep;
        shown += keep;
      });
      if (table === tests) said = shown + ' of ' + body.length + ' tests';
    });
    all('.panel').forEach(function (panel) {
      panel.hidden = !!family && panel.families && !panel.families[family];
    });
    all('input[name=env]', form).forEach(function (box) { document.body.classList.toggle('no-' + box.value, !box.checked); });
    form.querySelector('output').textContent = said;
  }

  // ---- values under the pointer, or by the arrow keys: [x or -1 for a whole line, y, text, family]
  var tip = document.getElementById('tip');
  function hide() { tip.hidden = true; all('.cursor').forEach(function (c) { c.remove(); }); }
  function tell(panel, spot) {
    var svg = panel.querySelector('svg'), box = svg.viewBox.baseVal, at = svg.getBoundingClientRect();
    var scale = at.width / box.width;
    hide();
    var cursor = document.createElementNS(svg.namespaceURI, spot[0] < 0 ? 'rect' : 'circle');
    var place = spot[0] < 0 ? { x: 0, y: spot[1] - 7.5, width: box.width, height: 15 } : { cx: spot[0], cy: spot[1], r: 8 };
    Object.keys(place).forEach(function (key) { cursor.setAttribute(key, place[key]); });
    cursor.setAttribute('class', 'cursor');
    svg.appendChild(cursor);
    tip.textContent = spot[2];
    tip.hidden = false;
    var x = at.left + (spot[0] < 0 ? box.width * 0.55 : spot[0]) * scale, y = at.top + (spot[1] - box.y) * scale;
    var left = Math.max(6, Math.min(x + 14, document.documentElement.clientWidth - tip.offsetWidth - 6));
    var top = y + 14 + tip.offsetHeight > window.innerHeight ? y - tip.offsetHeight - 14 : y + 14;
    tip.style.left = left + window.scrollX + 'px';
    tip.style.top = Math.max(top, 4) + window.scrollY + 'px';
  }
  all('.panel').forEach(function (panel) {
    var spots = JSON.parse(panel.dataset.hover), now = -1;
    if (spots.length && spots[0].length > 3) {
      panel.families = {};
      spots.forEach(function (spot) { panel.families[spot[3]] = true; });
    }
    function nearest(event) {
      var svg = panel.querySelector('svg'), at = svg.getBoundingClientRect(), scale = at.width / svg.viewBox.baseVal.width;
      var x = (event.clientX - at.left) / scale, y = (event.clientY - at.top) / scale + svg.viewBox.baseVal.y, best = -1, least = Infinity;
      spots.forEach(function (spot, i) {
        var dx = spot[0] < 0 ? 0 : x - spot[0], d = dx * dx + (y - spot[1]) * (y - spot[1]);
        if (d < least) { least = d; best = i; }
      });
      return least < (spots.length && spots[0][0] < 0 ? 64 : 1600) ? best : -1;
    }
    function point(event) {
      var i = nearest(event);
      if (i < 0) hide(); else if (i !== now || tip.hidden) tell(panel, spots[i]);
      now = i;
    }
    panel.addEventListener('pointermove', point);
    panel.addEventListener('pointerdown', point);
    panel.addEventListener('pointerleave', hide);
    panel.addEventListener('blur', hide);
    panel.addEventListener('keydown', function (event) {
      var step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (event.key === 'Escape') hide();
      if (!step || !spots.length) return;
      event.preventDefault();
      now = now < 0 ? (step > 0 ? 0 : spots.length - 1) : (now + step + spots.length) % spots.length;
      tell(panel, spots[now]);
    });
  });

  if (form && tests) {
    form.hidden = false;
    form.addEventListener('input', function (event) {
      if (event.target.name === 'host') show(Number(event.target.value));
      apply();
    });
    form.addEventListener('submit', function (event) { event.preventDefault(); });
    all('.pick').forEach(function (button) {
      button.hidden = false;
      button.addEventListener('click', function () {
        form.elements.host.value = button.dataset.host;
        show(Number(button.dataset.host));
        apply();
        document.getElementById('tests').scrollIntoView();
      });
    });
    apply();
  }
}());
