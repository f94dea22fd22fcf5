using Headrace.Client;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Distinguishes the failures that concern one message or one result, which becomes its answer, from those of the
/// connections, which end the program.
/// </summary>
internal static class SingleFault
{
    public static bool Is(Exception failure) =>
        failure switch
        {
            HeadraceProblemException problem => problem.Status is 400 or 404 or 413 or 422,
            HeadraceException or OperationCanceledException => false,
            IOException or HttpRequestException or OutputException => false,
            _ => true,
        };

    /// <summary>Returns the type of the failure, for an envelope.</summary>
    public static string TypeOf(Exception failure) =>
        failure is HeadraceProblemException problem ? problem.Name : "internal-error";
}
