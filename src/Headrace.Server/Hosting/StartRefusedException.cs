using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>The server cannot start; the message gives the cause and the remedy.</summary>
internal sealed class StartRefusedException(ServerExit exit, string message) : HeadraceException(message)
{
    public ServerExit Exit { get; } = exit;
}
