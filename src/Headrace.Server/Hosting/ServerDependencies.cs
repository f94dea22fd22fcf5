using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Dependencies that the host program supplies in addition to the options.</summary>
internal sealed record ServerDependencies
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Configures logging; by default the server does not log.</summary>
    public Action<ILoggingBuilder> Logging { get; init; } = static _ => { };

    /// <summary>
    /// Whether the server writes the file that the command line reads to find the server. False for a server that runs
    /// inside another program.
    /// </summary>
    public bool WritesRunningServer { get; init; } = true;

    /// <summary>Creates the job store of a data folder. By default, the options select the store.</summary>
    public Func<ServerOptions, TimeProvider, IJobStore> CreateJobStore { get; init; } = JobStores.Create;
}
