% Returns the file number of a locked file, the permission to measure times, or -1 if none is free. All jobs of a user
% share one permission per processor of the machine, because jobs that run on the same core disturb each other's times.
% The workers lock the same files for their own methods. fclose returns the permission; the kernel does so when the
% process ends.
%
%   folder  The folder of the locked files. If it is not writable, there is no permission.
%   count   The number of permissions, one for each processor.
%   wait    Seconds to wait at most, so that jobs that hang cannot stop all others.
function file = headrace_timing_permit (folder = headrace_timing_folder (), count = nproc (), wait = 10)
  file = -1;
  if (isempty (folder) || (! isfolder (folder) && ! mkdir (folder)))
    return;
  end
  started = tic ();
  while (true)
    for core = 0:count - 1
      path = sprintf ("%s/core-%d.lock", folder, core);
      file = fopen (path, "a");
      if (file < 0 || locked (file, path))
        return;
      end
      fclose (file);
      file = -1;
    end
    if (toc (started) >= wait)
      return;
    end
    pause (0.05);
  end
end

% The folder of the state of Headrace, as in the XDG specification.
function folder = headrace_timing_folder ()
  folder = "";
  state = getenv ("XDG_STATE_HOME");
  home = getenv ("HOME");
  if (strncmp (state, "/", 1))
    folder = [state "/headrace/timing"];
  elseif (strncmp (home, "/", 1))
    folder = [home "/.local/state/headrace/timing"];
  end
end

% Locks an open file. Octave cannot lock files itself. A lock that the program flock acquires on an inherited
% descriptor belongs to the open file, so it outlives that program.
function done = locked (file, path)
  done = false;
  path = canonicalize_file_name (path);
  links = readdir ("/proc/self/fd");
  for i = 1:numel (links)
    [target, fault] = readlink (["/proc/self/fd/" links{i}]);
    if (fault == 0 && strcmp (target, path))
      done = system (sprintf ("flock -n %s 2> /dev/null", links{i})) == 0;
      fcntl (file, F_SETFD, 1); % Programs that a function starts do not inherit the lock.
      return;
    end
  end
end
