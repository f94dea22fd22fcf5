using Headrace.Core;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>Thrown if the host of a webhook has no address to which the server may connect.</summary>
internal sealed class AddressNotPermittedException(string message) : HeadraceException(message);
