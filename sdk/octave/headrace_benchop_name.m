% Returns the name of the method for a function that is named like the published BENCHOP codes, PROBLEM_METHOD, where
% PROBLEM begins with the model: "benchop.mine.bseucallui" for BSeuCallUI_mine. Returns "" for any other function.
function name = headrace_benchop_name (name_of_function)
  parts = regexp (name_of_function, '^((?:BS|HST|MRT)[A-Za-z]+)_(\w+)$', 'tokens', 'once');
  name = "";
  if (! isempty (parts))
    name = lower (sprintf ("benchop.%s.%s", strrep (parts{2}, "_", "-"), parts{1}));
  end
end
