function result = heat (steps, points, rate)
  % Solves the heat equation on a rod whose ends are kept at 0 and 1.
  % headrace: {"version": 1, "timeLimit": "10m"}
  if (rate <= 0 || rate > 0.5)
    error ("heat:unstable", "rate is %g; it must be above 0 and at most 0.5.", rate);
  end
  u = zeros (1, points);
  u(end) = 1;
  for step = 1:steps
    u(2:end-1) += rate * (u(1:end-2) - 2 * u(2:end-1) + u(3:end));
    if (mod (step, 1000) == 0)
      headrace_progress (step / steps, sprintf ("step %d", step));
    end
  end
  printf ("%d steps\n", steps);
  result = round (1000 * u) / 1000;
end
