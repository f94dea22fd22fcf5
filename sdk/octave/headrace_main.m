% Describes a function file as a method of Headrace, or runs its jobs as a warm process (docs/warm-protocol.md).
%
%   octave-cli -qf headrace_main.m describe FILE.m
%   octave-cli -qf headrace_main.m serve FILE.m
1;

function describe (file)
  [~, name] = fileparts (file);
  source = fileread (file);
  header = regexp (source, '^\s*function\s+(?:\[?[\w\s,]*\]?\s*=\s*)?(\w+)\s*(?:\(([^)]*)\))?', ...
                   'tokens', 'once', 'lineanchors');
  if (isempty (header) || ! strcmp (header{1}, name))
    refuse ("%s.m does not begin with the function %s. A file must have the same name as its function.", name, name);
  end
  parameters = {};
  if (numel (header) > 1 && ! isempty (strtrim (header{2})))
    parameters = strtrim (strsplit (header{2}, ","));
  end
  benchop = headrace_benchop_name (name);
  if (any (strcmp (parameters, "varargin")) && isempty (benchop))
    refuse ("The function %s has the parameter varargin, which cannot be set by name.", name);
  end
  properties = struct ();
  for i = 1:numel (parameters)
    properties.(parameters{i}) = struct ("type", {{"number", "string", "boolean", "array", "object", "null"}});
  end
  manifest.name = lower (strrep (name, "_", "-"));
  manifest.version = 1;
  manifest.argv = {"octave-cli", "-qf", "{method}/headrace/headrace_main.m", "serve", ["{method}/" name ".m"]};
  manifest.params = struct ("type", "object", "properties", properties, "required", {parameters}, ...
                            "additionalProperties", false);
  if (! isempty (benchop))
    % The function is called with positional arguments and measured; see headrace_benchop.m. One thread computes, so
    % that processor time is comparable with that of other methods.
    manifest.name = benchop;
    seconds = struct ("type", "number", "exclusiveMinimum", 0, "maximum", 600);
    protocol = struct ("enum", {{"steady", "paper"}});
    measure = struct ("type", "object", "properties", struct ("protocol", protocol, "seconds", seconds), ...
                      "required", {{"protocol", "seconds"}}, "additionalProperties", false);
    manifest.params = struct ("type", "object", "properties", struct ("arguments", struct ("type", "array", ...
                              "minItems", 5), "measure", measure), "required", {{"arguments"}}, ...
                              "additionalProperties", false);
    % The folder of the permissions to measure is below XDG_STATE_HOME, if that is set.
    manifest.environment = struct ("pass", {{"XDG_STATE_HOME"}}, ...
                                   "set", struct ("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1"));
  end
  manifest.resultType = "application/json";
  manifest.warm = struct ();
  comment = regexp (source, '^\s*[%#]+\s*(?!headrace:)(\S.*)$', 'tokens', 'once', 'lineanchors', 'dotexceptnewline');
  if (! isempty (comment))
    manifest.description = strtrim (comment{1});
  end
  % A comment such as  % headrace: {"version": 2, "timeLimit": "1m"}  sets members of the manifest.
  members = regexp (source, '^\s*[%#]+\s*headrace:\s*(\{.*\})\s*$', 'tokens', 'once', 'lineanchors', ...
                    'dotexceptnewline');
  if (! isempty (members))
    try
      given = jsondecode (members{1}, "makeValidName", false);
    catch fault
      refuse ("The comment 'headrace:' in %s.m is not valid JSON: %s", name, fault.message);
    end
    for member = fieldnames (given)'
      manifest.(member{1}) = given.(member{1});
    end
  end
  % Octave writes a list of one text as a text.
  text = jsonencode (struct ("methods", {{manifest}}));
  text = regexprep (text, '"required":("\w+")', '"required":[$1]');
  printf ("%s\n", text);
end

function serve (file)
  global headrace_answers headrace_job
  [folder, name] = fileparts (file);
  addpath (folder);
  source = fileread (file);
  parameters = regexp (source, '^\s*function\s[^(\n]*\(([^)]*)\)', 'tokens', 'once', 'lineanchors');
  if (isempty (parameters) || isempty (strtrim (parameters{1})))
    parameters = {};
  else
    parameters = strtrim (strsplit (parameters{1}, ","));
  end
  takes_body = any (strcmp (parameters, "body"));
  descriptors = str2double (strsplit (getenv ("HEADRACE_WARM"), ","));
  calls = fopen (sprintf ("/dev/fd/%d", descriptors(1)), "r");
  headrace_answers = fopen (sprintf ("/dev/fd/%d", descriptors(2)), "w");
  traces = {}; % pairs of an id and the trace context of a job of the next call
  while (true)
    size = fread (calls, 4, "uint8=>uint8");
    if (numel (size) < 4)
      return;
    end
    frame = fread (calls, double (typecast (size, "uint32")), "uint8=>uint8");
    switch (char (frame(1)))
      case "h"
        headrace_send ("r", typecast (uint32 (2), "uint8")); % version 2 receives traces
      case "s"
        return;
      case "t"
        traces(end+1,:) = {typecast(frame(2:5), "uint32"), char(frame(6:end)')};
      case "c"
        at = 6;
        for i = 1:typecast (frame(2:5), "uint32")
          sizes = double (typecast (frame(at+16:at+27), "uint32"));
          headrace_job = typecast (frame(at:at+3), "uint32");
          at += 28;
          params = frame(at:at+sizes(1)-1);
          body = frame(at+sizes(1)+sizes(2):at+sum (sizes)-1);
          at += sum (sizes);
          unsetenv ("TRACEPARENT");
          for j = 1:rows (traces)
            if (traces{j,1} == headrace_job)
              setenv ("TRACEPARENT", traces{j,2});
            end
          end
          run (name, parameters, params, body);
        end
        traces = {};
    end
  end
end

function run (name, parameters, params, body)
  global headrace_job
  id = typecast (headrace_job, "uint8");
  try
    values = struct ();
    if (! isempty (params))
      values = jsondecode (char (params'), "makeValidName", false);
    end
    arguments = {};
    for i = 1:numel (parameters)
      if (strcmp (parameters{i}, "body"))
        arguments{i} = body;
      elseif (isfield (values, parameters{i}))
        arguments{i} = values.(parameters{i});
      else
        break; % The function sees from nargin how many it got.
      end
    end
    if (isempty (headrace_benchop_name (name)))
      result = feval (name, arguments{:});
    else
      result = headrace_benchop (name, values);
    end
    fflush (stdout);
    fflush (stderr);
    if (ischar (result))
      send_result (id, "text/plain", unicode2native (result, "UTF-8"));
    elseif (isa (result, "uint8"))
      send_result (id, "application/octet-stream", result(:)');
    else
      send_result (id, "", unicode2native (jsonencode (result, "ConvertInfAndNaN", false), "UTF-8"));
    end
  catch fault
    fflush (stdout);
    fflush (stderr);
    type = fault.identifier;
    if (isempty (type))
      type = "Error";
    end
    trace = fault.message;
    for i = 1:numel (fault.stack)
      own = {"run", "serve"};
      if (! any (strcmp (fault.stack(i).name, own)) && isempty (strfind (fault.stack(i).name, "headrace_main")))
        trace = sprintf ("%s\n  in %s, line %d", trace, fault.stack(i).name, fault.stack(i).line);
      end
    end
    headrace_send ("l", [id, bytes(trace)]);
    headrace_send ("f", [id, uint8(0), typecast(uint32 (numel (bytes (type))), "uint8"), bytes(type), ...
                         bytes(fault.message)]);
  end
end

function send_result (id, type, value)
  headrace_send ("o", [id, typecast(uint32 (numel (type)), "uint8"), uint8(type), value(:)']);
end

function value = bytes (text)
  value = unicode2native (text, "UTF-8")(:)';
end

function refuse (varargin)
  fprintf (stderr, [varargin{1} "\n"], varargin{2:end});
  exit (1);
end

arguments = argv ();
addpath (fileparts (mfilename ("fullpath")));
if (numel (arguments) == 2 && strcmp (arguments{1}, "describe"))
  describe (arguments{2});
elseif (numel (arguments) == 2 && strcmp (arguments{1}, "serve"))
  serve (arguments{2});
else
  refuse ("usage: headrace_main.m describe|serve FILE.m");
end
