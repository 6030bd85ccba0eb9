// Sorting and filtering of the tables; without it the page only stands still.
(function () {
  'use strict';
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
    table.querySelectorAll('th[aria-sort]').forEach(function (th) { th.removeAttribute('aria-sort'); });
    header.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    var rows = Array.from(table.tBodies[0].rows);
    rows.sort(function (a, b) {
      var x = value(a, index), y = value(b, index);
      if (x === null || y === null) return (x === null) - (y === null); // no figure: last, whichever way
      var order = typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true });
      return up ? order : -order;
    });
    rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
  }
  document.querySelectorAll('table.sortable').forEach(function (table) {
    table.querySelectorAll('th[data-sort]').forEach(function (header) {
      var button = document.createElement('button');
      button.type = 'button';
      while (header.firstChild) button.appendChild(header.firstChild);
      header.appendChild(button);
      button.addEventListener('click', function () { sort(table, header); });
    });
  });
  document.querySelectorAll('form.filters').forEach(function (form) {
    var table = document.getElementById(form.dataset.for);
    function apply() {
      var family = form.elements.family.value, words = form.elements.search.value.trim().toLowerCase();
      var marked = form.elements.marked && form.elements.marked.checked, shown = 0, rows = table.tBodies[0].rows;
      Array.from(rows).forEach(function (row) {
        var keep = (!family || row.dataset.family === family) && (!marked || row.dataset.marked !== undefined) &&
          (!words || row.cells[0].textContent.toLowerCase().indexOf(words) >= 0);
        row.hidden = !keep;
        shown += keep;
      });
      form.querySelectorAll('input[name=env]').forEach(function (box) {
        table.classList.toggle('no-' + box.value, !box.checked);
      });
      form.querySelector('output').textContent = shown + ' of ' + rows.length + ' tests';
    }
    form.hidden = false;
    form.addEventListener('input', apply);
    form.addEventListener('submit', function (event) { event.preventDefault(); });
    apply();
  });
}());
