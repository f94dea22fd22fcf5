using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>A journal, and the ownership under which its commits are made.</summary>
internal sealed record OwnedStore(IJournal Journal, Epoch Epoch);
