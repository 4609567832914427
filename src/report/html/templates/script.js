(function () {
  'use strict';
  var form = document.querySelector('.filter');
  var input = document.getElementById('filter-text');
  var count = document.getElementById('filter-count');
  var nothing = document.getElementById('nothing');
  var all = function (selector, root) { return Array.from((root || document).querySelectorAll(selector)); };
  var cases = all('details.case');
  var tests = all('details.test');
  var words = new Map();

  // A test is found by all its words, and by those of its case.
  function wordsOf(test) {
    if (!words.has(test)) {
      var about = test.closest('details.case');
      words.set(test, (about.querySelector('summary').textContent + ' ' + test.textContent).toLowerCase());
    }
    return words.get(test);
  }
  function apply() {
    var picked = all('input[type=checkbox]', form).filter(function (box) { return box.checked; });
    var verdicts = picked.map(function (box) { return box.value; });
    var wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    tests.forEach(function (test) {
      test.hidden = !verdicts.includes(test.dataset.v) || !wanted.every(function (word) { return wordsOf(test).includes(word); });
      if (!test.hidden) shown += 1;
    });
    cases.forEach(function (one) { one.hidden = !one.querySelector('details.test:not([hidden])'); });
    all('.group').forEach(function (one) { one.hidden = !one.querySelector('details.case:not([hidden])'); });
    nothing.hidden = shown !== 0;
    count.textContent = shown + ' of ' + tests.length + ' tests';
  }
  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id ? document.getElementById(id) : null;
    if (!target) return;
    for (var up = target; up; up = up.parentElement) {
      if (up !== form) up.hidden = false;
      if (up.tagName === 'DETAILS') up.open = true;
    }
    target.scrollIntoView();
  }
  function setOpen(open) {
    cases.concat(tests).forEach(function (one) { if (!one.hidden) one.open = open; });
  }
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  document.getElementById('open-all').addEventListener('click', function () { setOpen(true); });
  document.getElementById('close-all').addEventListener('click', function () { setOpen(false); });
  window.addEventListener('hashchange', reveal);
  window.addEventListener('beforeprint', function () {
    all('.fix, .table, .reason').forEach(function (one) { one.open = true; });
    cases.forEach(function (one) { if (!one.querySelector('summary .v.pass')) one.open = true; });
  });
  apply();
  reveal();
})();
