using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>The server cannot start here; the message says what is in the way and what to do.</summary>
internal sealed class StartRefusedException(ServerExit exit, string message) : HeadraceException(message)
{
    public ServerExit Exit { get; } = exit;
}
