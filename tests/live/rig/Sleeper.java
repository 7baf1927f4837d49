/** A JVM to look at: says that it runs, then waits to be stopped. */
class Sleeper {
    public static void main(String[] args) throws InterruptedException {
        System.out.println("running");
        Thread.sleep(Long.MAX_VALUE);
    }
}
