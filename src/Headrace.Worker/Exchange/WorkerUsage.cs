using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>The text that a worker program prints for <c>--help</c>.</summary>
internal static class WorkerUsage
{
    public const string Describe = "--describe";

    public static bool IsRequested(IReadOnlyList<string> args) => args.Any(arg => arg is "--help" or "-h" or "-?");

    public static string Text(string program, IEnumerable<string> methods) =>
        $"""
            Runs a Headrace worker, which offers these methods: {string.Join(", ", methods)}.

            Usage: {program} [--slots N]
                   {program} {Describe}

              --slots N   The number of jobs to run at the same time, 1 to 1024. [default: 1]
              {Describe}  Print the methods with their schemas and options as JSON. Contacts no server.
              --help      Print this text.

            Environment variables:
              {WorkerProcess.Server}  The server: http://host:port, https://host/prefix or unix:/path.sock.
                               [default: server in the user's config.json, or the local server]
              {WorkerProcess.Key}     The key of the server. [default: the key of the local server]
              {WorkerProcess.Name}  The name of the worker. [default: host name, process id and a random number]
              {WorkerProcess.Pool}    The pool that the worker belongs to. [default: default]
              {WorkerProcess.OrphanGrace}  How long to look for a server that has stopped. [default: 10m]

            SIGTERM, SIGINT (Ctrl-C) and SIGHUP drain the worker: running jobs finish. A second signal abandons them.

            Exit codes:
              {WorkerProcess.StoppedOnRequest}   drained or stopped
              {WorkerProcess.Refused}   the server refused the worker
              {WorkerProcess.Unusable}  invalid usage or settings, or no server was found
              {WorkerProcess.Terminated}  the server terminated the worker or did not come back,
                  or a method ignored its cancellation
            """;
}
