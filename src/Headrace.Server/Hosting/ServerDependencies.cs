using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>What the outside gives a server beside its options.</summary>
internal sealed record ServerDependencies
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the log goes; nowhere without it.</summary>
    public Action<ILoggingBuilder> Logging { get; init; } = static _ => { };

    /// <summary>
    /// Whether the user's command line is told where this server is. Not for servers inside another program.
    /// </summary>
    public bool WritesRunningServer { get; init; } = true;

    /// <summary>Makes the journal of a data folder; the embedded store of the options without it.</summary>
    public Func<ServerOptions, TimeProvider, IJobStore> Journal { get; init; } = Journals.Create;
}
