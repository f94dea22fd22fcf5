% Calls a function in the call convention of the published BENCHOP codes, and measures the call within this process, so
% that the time contains no transport.
%
%   call.arguments  The arguments in their order. An object stands for a local volatility function.
%   call.measure    How to measure: struct with protocol ("steady" or "paper") and seconds. Absent: call once.
%
% The result has the values, what the function printed, the seconds of one call in each batch of calls, and the machine.
function result = headrace_benchop (name, call)
  args = call.arguments;
  if (! iscell (args))
    args = num2cell (args);
  end
  points = args{1};
  if (isempty (strfind (name, "BSeuCallspread_")))
    args{1} = points(:).'; % A list of JSON becomes a column; the published codes are called with a row.
    count = numel (points);
  else
    count = rows (points);
  end
  for i = 1:numel (args)
    if (isstruct (args{i}))
      args{i} = volatility (args{i});
    end
  end
  if (isfield (call, "measure"))
    permit = headrace_timing_permit ();
    if (permit >= 0)
      release = onCleanup (@() fclose (permit)); % At the end of this function, even if the call fails.
    end
  end
  price = @() feval (name, args{:});
  values = [];
  printed = evalc ("values = price ();");
  check (name, values, count);
  result.values = num2cell (double (full (values(:)))');
  result.printed = printed(1:min (end, 200));
  result.machine = machine ();
  result.calls = 0;
  [result.cpu, result.wall] = deal ({});
  if (isfield (call, "measure"))
    [cpu, wall, result.calls] = measure (price, call.measure, ! isempty (printed));
    result.cpu = num2cell (cpu);
    result.wall = num2cell (wall);
  end
end

function check (name, values, count)
  shape = sprintf ("%dx%d", rows (values), columns (values));
  if (! isnumeric (values) || ! isreal (values))
    kind = class (values);
    if (isnumeric (values))
      kind = "complex numbers";
    end
    error ("benchop:shape", "%s returned a %s matrix of %s; it must return %d real numbers, one for each spot.", ...
           name, shape, kind, count);
  end
  if (numel (values) != count)
    error ("benchop:shape", "%s returned a %s matrix; it must return %d numbers, one for each spot.", ...
           name, shape, count);
  end
  wrong = find (! isfinite (values(:)), 1);
  if (! isempty (wrong))
    error ("benchop:notFinite", "%s returned %g for spot %d of %d.", name, values(wrong), wrong, count);
  end
end

% Returns the processor and wall seconds of one call, for each batch, and the calls in a batch. Octave compiles nothing
% at run time, so the warm-up only determines the size of a batch; it also fills the caches.
function [cpu, wall, calls] = measure (price, how, prints)
  calls = 1;
  if (strcmp (how.protocol, "paper"))
    for i = 1:4
      [cpu(i), wall(i)] = batch (price, 1, prints);
    end
    [cpu, wall] = deal (cpu(2:4), wall(2:4)); % The first call is dropped.
    return;
  end
  shortest = 0.02; % Seconds of a batch, 10,000 times the resolution of the clocks.
  started = tic ();
  do
    [one_cpu, one_wall] = batch (price, calls, prints);
    if (one_wall * calls < shortest)
      calls = ceil (min (10 * calls, max (2 * calls, 1.2 * shortest / max (one_wall, 1e-6))));
      one_wall = 0;
    end
  until (one_wall > 0)
  if (toc (started) > 4 * how.seconds)
    [cpu, wall] = deal (one_cpu, one_wall); % A very slow call is not repeated.
    return;
  end
  [cpu, wall] = deal ([]);
  started = tic ();
  do
    [cpu(end+1), wall(end+1)] = batch (price, calls, prints);
    n = numel (cpu);
    narrow = n >= 11 && 2.2 * std (cpu) / sqrt (n) <= 0.05 * mean (cpu);
    late = toc (started) > how.seconds;
  until (narrow || (late && n >= 3) || toc (started) > 4 * how.seconds)
end

function [cpu, wall] = batch (price, calls, prints)
  if (prints)
    % The output of the first call has been reported; thousands of copies would fill the log of the job.
    evalc ("[cpu, wall] = repeat (price, calls);");
  else
    [cpu, wall] = repeat (price, calls);
  end
end

function [cpu, wall] = repeat (price, calls)
  cpu = cputime ();
  wall = tic ();
  for i = 1:calls
    price ();
  end
  wall = toc (wall) / calls;
  cpu = (cputime () - cpu) / calls;
end

% Describes where the time was measured.
function result = machine ()
  processor = regexp (fileread ("/proc/cpuinfo"), 'model name\s*:\s*([^\n]*)', 'tokens', 'once');
  if (isempty (processor))
    processor = {uname().machine};
  end
  result.processor = processor{1};
  result.cores = nproc ("all"); % Without an argument, it returns OMP_NUM_THREADS.
  result.system = sprintf ("%s %s", uname ().sysname, uname ().release);
  result.runtime = sprintf ("GNU Octave %s", version ());
  result.loadAverage = sscanf (fileread ("/proc/loadavg"), "%g", 1);
end

% The local volatility functions of problem 3. Set I is called with the spot and the time, set II with the rate, the
% initial spot, the spot and the time.
function sigma = volatility (surface)
  switch (surface.volatility)
    case "smooth"
      [low, level] = deal (surface.sigma, surface.level);
      sigma = @(s, t) low * (1 + (0.5 + 2 * t) .* (s / level - 1.2) .^ 2 ./ ((s / level) .^ 2 + 1.44));
    case "implied"
      sigma = @(r, s0, s, t) sqrt (implied (log (s ./ (s0 * exp (r * t))), t));
    otherwise
      error ("benchop:volatility", "There is no volatility function '%s'.", surface.volatility);
  end
end

% Dupire's local variance for the implied variance w of log-moneyness x and maturity t. t times the derivatives with
% respect to t stay finite as t tends to 0.
function variance = implied (x, t)
  [root, shifted] = deal (sqrt (t), sqrt (t + 0.04));
  [right, left] = deal (0.06 * (1 - 0.87 * root), 0.31 * (1 - 0.7 * root));
  [b, c] = deal ((right - left) / 2, (right + left) / 2);
  q = 0.15 * (0.4 + 0.6 * shifted);
  y = x - (0.03 + 0.01 * t);
  radius = sqrt (y .^ 2 + q .^ 2);
  w = 0.01 + 0.03 * shifted + b .* y + c .* radius;
  wx = b + c .* y ./ radius;
  wxx = c .* q .^ 2 ./ radius .^ 3;
  [tright, tleft] = deal (-0.06 * 0.87 * root / 2, -0.31 * 0.7 * root / 2);
  [tb, tc] = deal ((tright - tleft) / 2, (tright + tleft) / 2);
  tq = 0.15 * 0.6 * t ./ (2 * shifted);
  tm = 0.01 * t;
  twt = 0.03 * t ./ (2 * shifted) + tb .* y - b .* tm + tc .* radius + c .* (q .* tq - y .* tm) ./ radius;
  half = wx ./ (2 * w);
  density = (1 - x .* half) .^ 2 - half .^ 2 .* ((0.5 * w .* t + 1) .^ 2 - 1) + 0.5 * t .* wxx;
  variance = (w + twt) ./ density;
end
