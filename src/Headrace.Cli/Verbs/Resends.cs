using Headrace.Client;

namespace Headrace.Cli.Verbs;

/// <summary>Tells of submissions that may exist twice.</summary>
internal static class Resends
{
    public static void Tell(Call call, HeadraceClient client)
    {
        if (client.Resent > 0) call.Note($"{client.Resent} submission(s) were sent again because the first try had no clear answer; each may be there twice.");
    }
}
