% Reports how far the running job is: headrace_progress (0.5, "half of it").
function headrace_progress (fraction, text)
  global headrace_job
  if (nargin < 2)
    text = "";
  end
  if (isempty (headrace_job))
    return; % The function runs outside Headrace.
  end
  headrace_send ("p", [typecast(headrace_job, "uint8"), typecast(double (fraction), "uint8"), ...
                       unicode2native(text, "UTF-8")(:)']);
end
