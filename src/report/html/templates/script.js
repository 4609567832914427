(function () {
  var form = document.querySelector('.filter');
  var text = document.getElementById('filter-text');
  var count = document.getElementById('filter-count');
  var tests = Array.prototype.slice.call(document.querySelectorAll('details.test'));
  function apply() {
    var picked = {};
    form.querySelectorAll('input[type=checkbox]').forEach(function (box) { picked[box.value] = box.checked; });
    var words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    tests.forEach(function (test) {
      var fits = picked[test.dataset.v] && words.every(function (word) { return test.dataset.t.indexOf(word) >= 0; });
      test.hidden = !fits;
      if (fits) shown += 1;
    });
    document.querySelectorAll('.case').forEach(function (one) {
      one.hidden = !one.querySelector('details.test:not([hidden])');
    });
    count.textContent = shown + ' of ' + tests.length + ' tests';
  }
  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id && document.getElementById(id);
    if (!target) return;
    target.hidden = false;
    for (var up = target; up; up = up.parentElement) {
      if (up.tagName === 'DETAILS') up.open = true;
      if (up.classList.contains('case')) up.hidden = false;
    }
    target.scrollIntoView();
  }
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  window.addEventListener('hashchange', reveal);
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details.test, details.recommended, #requirements details').forEach(function (one) { one.open = true; });
  });
  apply();
  reveal();
})();
