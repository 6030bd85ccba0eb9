// What a person does with the page, done by a script that browser.sh puts behind it: each verdict is a line of `said`, and
// goes to the frame's owner. The made-up store has two hosts, five environments and a family `mem`.
(function () {
  'use strict';
  var said = [], where = window.innerWidth < 600 ? 'phone: ' : 'desk: ';
  function verdict(name, good, why) { said.push(good ? 'ok ' + where + name : 'FAIL ' + where + name + ': ' + why); }
  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }
  function shown(x) { return !!x && x.getClientRects().length > 0; }
  function change(field, value) {
    if (field.type === 'checkbox') field.checked = value; else field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  try {
    var table = document.getElementById('test-table'), form = document.getElementById('filters');
    var rows = function () { return all('tbody tr', table).filter(shown); };
    var column = function (index) { return rows().map(function (row) { return row.cells[index].dataset.v; }); };
    verdict('nothing is wider than the page', document.scrollingElement.scrollWidth <= window.innerWidth,
      document.scrollingElement.scrollWidth + ' in ' + window.innerWidth);
    verdict('nothing was asked of a network', performance.getEntriesByType('resource').length === 0,
      performance.getEntriesByType('resource').map(function (e) { return e.name; }).join(' '));
    verdict('the filters are there', shown(form), 'hidden');

    // sorting, by the header's button as a keyboard reaches it: emu-jit's clocks are in the second column of figures
    var header = all('thead tr:nth-child(2) th.e-emu-jit', table)[0], button = header.querySelector('button');
    var number = function (v) { return v === undefined ? null : Number(v); };
    var ordered = function (list, up) {
      var seen = false;
      return list.every(function (v, i) {
        seen = seen || v === undefined;
        if (seen) return v === undefined; // no figure: last
        return i === 0 || (up ? number(list[i - 1]) <= number(v) : number(list[i - 1]) >= number(v));
      });
    };
    button.focus();
    verdict('a header takes the focus', document.activeElement === button, 'it does not');
    button.click();
    verdict('sorts upwards', header.getAttribute('aria-sort') === 'ascending' && ordered(column(2), true), column(2).join(' '));
    button.click();
    verdict('sorts downwards', header.getAttribute('aria-sort') === 'descending' && ordered(column(2), false), column(2).join(' '));
    table.tHead.querySelector('button').click();
    var names = rows().map(function (row) { return row.cells[0].textContent; });
    verdict('sorts by name', names.length > 50 && names.every(function (n, i) {
      return i === 0 || names[i - 1].toLowerCase().localeCompare(n.toLowerCase(), 'en', { numeric: true }) <= 0;
    }), names.slice(0, 5).join(' '));

    // filters
    var whole = rows().length, panels = all('#charts .long .panel').filter(shown).length;
    change(form.elements.family, 'mem');
    var left = rows();
    verdict('filters by family', left.length > 5 && left.length < whole &&
      left.every(function (row) { return row.dataset.family === 'mem'; }), left.length + ' of ' + whole);
    var kept = all('#charts .long .panel').filter(shown);
    verdict('charts are filtered with it', kept.length > 0 && kept.length < panels && kept.every(function (panel) {
      return JSON.parse(panel.dataset.hover).some(function (spot) { return spot[3] === 'mem'; });
    }), kept.length + ' of ' + panels);
    verdict('it says how many', form.querySelector('output').textContent === left.length + ' of ' + whole + ' tests',
      form.querySelector('output').textContent);
    change(form.elements.search, 'chase');
    verdict('and by a word', rows().length === 4, rows().length + ' rows');
    change(form.elements.search, '');
    change(form.elements.family, '');
    change(form.elements.marked, true);
    verdict('only what is marked', rows().length > 0 && rows().every(function (row) { return row.querySelector('.pill'); }),
      rows().length + ' rows');
    change(form.elements.marked, false);
    verdict('all of it again', rows().length === whole, rows().length + ' rows');

    // environments
    var box = all('input[name=env]', form).filter(function (b) { return b.value === 'bochs'; })[0];
    var marks = all('#charts svg .e-bochs');
    verdict('an environment is seen, in the table and in charts', all('#test-table .e-bochs').some(shown) && marks.some(shown),
      marks.length + ' plots');
    change(box, false);
    verdict('and hidden', !all('#test-table .e-bochs').some(shown) && !marks.some(shown), 'it is still there');
    change(box, true);

    // another host: its native clocks are 1.25 times those
    var row = rows().filter(function (r) { return r.cells[0].textContent.indexOf('int.add_rr') === 0; })[0];
    var before = row.innerHTML, native = Number(row.cells[1].dataset.v);
    var host = all('option', form.elements.host).filter(function (o) { return o.textContent === 'second host'; })[0];
    change(form.elements.host, host.value);
    verdict('another host has its own figures', Math.abs(row.cells[1].dataset.v / native - 1.25) < 0.002,
      row.cells[1].dataset.v + ' and ' + native);
    verdict('and says whose they are', document.getElementById('host-note').textContent.indexOf('second host') >= 0, 'it does not');
    change(form.elements.host, all('option', form.elements.host).filter(function (o) { return o !== host; })[0].value);
    verdict('and back', row.innerHTML === before, row.innerHTML.slice(0, 200));

    // values under the pointer, and by the keyboard
    var tip = document.getElementById('tip');
    var hover = function (panel, index) {
      var spots = JSON.parse(panel.dataset.hover), spot = spots[index], svg = panel.querySelector('svg');
      panel.scrollIntoView();
      var at = svg.getBoundingClientRect(), box = svg.viewBox.baseVal, scale = at.width / box.width;
      panel.dispatchEvent(new PointerEvent('pointermove', { bubbles: true,
        clientX: at.left + (spot[0] < 0 ? box.width / 2 : spot[0]) * scale, clientY: at.top + (spot[1] - box.y) * scale }));
      return spot;
    };
    all('#charts figure').forEach(function (figure) {
      var panel = figure.querySelector('.panel'), spots = JSON.parse(panel.dataset.hover);
      var spot = hover(panel, Math.floor(spots.length / 2)), edge = tip.getBoundingClientRect();
      verdict('a value under the pointer in ' + figure.id, shown(tip) && (spot[0] >= 0 || tip.textContent === spot[2]) &&
        tip.textContent.length > 8 && /\d/.test(tip.textContent), tip.textContent);
      verdict('and within the page in ' + figure.id, edge.left >= 0 && edge.right <= window.innerWidth,
        edge.left + ' to ' + edge.right);
    });
    var dots = document.querySelector('#chart-clk_per_op .panel'), first = JSON.parse(dots.dataset.hover)[0];
    hover(dots, 0);
    var test = first[2].split(',')[0], cell = all('tbody tr', table).filter(function (r) {
      return r.querySelector('.name').firstChild.textContent === test;
    })[0].cells[1];
    verdict('it is the figure of the table', tip.textContent.indexOf('native ' + cell.firstChild.textContent) >= 0 ||
      cell.dataset.v === undefined, tip.textContent + ' and ' + cell.textContent);
    dots.dispatchEvent(new PointerEvent('pointerleave'));
    verdict('it goes with the pointer', !shown(tip), tip.textContent);
    dots.focus();
    verdict('a chart takes the focus', document.activeElement === dots, 'it does not');
    dots.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    var one = tip.textContent;
    dots.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    verdict('arrow keys go through its values', shown(tip) && one.length > 0 && tip.textContent !== one, one);
    dots.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    verdict('Escape ends it', !shown(tip), tip.textContent);
  } catch (error) {
    verdict('the page bears all of it', false, error);
  }
  parent.postMessage(said.join('\n'), '*');
}());
