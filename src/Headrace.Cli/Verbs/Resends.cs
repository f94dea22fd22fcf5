using Headrace.Client;

namespace Headrace.Cli.Verbs;

/// <summary>Tells of submissions that had to be sent more than once.</summary>
internal static class Resends
{
    public static void Tell(Call call, HeadraceClient client)
    {
        if (client.Resent > 0)
            call.Note(
                $"{client.Resent} submission(s) were sent again because the first try had no clear answer; by its key each is one job all the same."
            );
    }
}
