using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Dependencies that the host program supplies in addition to the options.</summary>
internal sealed record ServerDependencies
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Configures logging. By default, the server does not log.</summary>
    public Action<ILoggingBuilder> Logging { get; init; } = static _ => { };

    /// <summary>
    /// Whether the server writes the file that the command line reads to find it. False for a server that runs inside
    /// another program.
    /// </summary>
    public bool WritesRunningServer { get; init; } = true;

    /// <summary>
    /// The folders for the Unix socket, in order of preference. If none of them can be used, the socket is created in
    /// the data folder.
    /// </summary>
    public IReadOnlyList<string> SocketFolders { get; init; } =
    [LocalPaths.Sockets(Unix.UserId()), LocalPaths.TemporarySockets(Unix.UserId())];

    /// <summary>
    /// Wraps the router through which all callers reach the shard. Tests use it to make commands fail.
    /// </summary>
    public Func<IShardRouter, IShardRouter> WrapRouter { get; init; } = static router => router;

    /// <summary>Creates the job store in a data folder. By default, the options determine the store.</summary>
    public Func<ServerOptions, TimeProvider, IJobStore> CreateJobStore { get; init; } = JobStores.Create;
}
