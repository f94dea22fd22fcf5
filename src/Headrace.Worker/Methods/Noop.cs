namespace Headrace.Worker.Methods;

/// <summary>The method <c>noop</c>: gives its body back as it came. For measuring and for trying things out.</summary>
internal static class Noop
{
    public static MappedMethod Map(HeadraceApp app) =>
        app.MapMethod("noop", (IJob job) => new MethodResult(job.Body, job.ContentType ?? "application/octet-stream"))
            .MaxKills(0);
}
